// Runs before Gradio's script. What its page lacks: our choice of language, quiet labels, a copy button for an answer with its sources.
const language = location.pathname.startsWith("/zh") ? "zh-CN" : "en";
document.documentElement.lang = language;
Object.defineProperty(navigator, "language", { get: () => language });

// Gradio repeats a message's markup in its label, where a screen reader would read it out tag by tag.
new MutationObserver(() => {
  for (const message of document.querySelectorAll("#chat [data-testid][aria-label]")) message.removeAttribute("aria-label");
}).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["aria-label"] });

// The plain text stands beside the button; without a secure context there is no clipboard object, so the old way stays.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.(".answer .copy");
  if (!button) return;
  const text = button.parentElement.querySelector(".plain").textContent;
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
  } else {
    const area = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text }));
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.classList.add("done");
});

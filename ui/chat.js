// Runs before Gradio's script. What its page lacks: our choice of language, quiet labels, thumbs that say whether they are pressed, a copy
// button for an answer with its sources.
const language = location.pathname.startsWith("/zh") ? "zh-CN" : "en";
document.documentElement.lang = language;
Object.defineProperty(navigator, "language", { get: () => language });

// Gradio repeats a message's markup in its label, where a screen reader would read it out tag by tag. And a pressed thumb is told by its
// colour, and by an English label whatever the language: here it keeps its name.
new MutationObserver(() => {
  for (const message of document.querySelectorAll("#chat [data-testid][aria-label]")) message.removeAttribute("aria-label");
  for (const thumb of document.querySelectorAll("#chat .message-buttons button")) {
    const pressed = String(thumb.style.color.includes("accent"));
    if (thumb.ariaPressed === pressed) continue;
    thumb.ariaPressed = pressed;
    if (pressed === "false") thumb.dataset.name = thumb.ariaLabel;
    thumb.title = thumb.ariaLabel = thumb.dataset.name;
  }
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

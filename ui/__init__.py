"""Every way a person reaches `qa`: the `chuchu` command, the browser chat, the source reader, the library page. No logic of its own."""

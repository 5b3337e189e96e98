//! Bytes out of a finished run: HTML, Markdown, CSV, terminal. Exporters return text; the caller writes it.

//! Who may ask for what: signatures, paths, sources, presets and options of the URL.

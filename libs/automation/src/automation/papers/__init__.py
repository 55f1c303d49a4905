"""Documents' templates: which values they name, how those are written in a language, and the two engines that fill."""

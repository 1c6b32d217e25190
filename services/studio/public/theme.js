// Apply the theme a person chose; src/app/theme.ts owns the choice and explains the key.
try {
  const theme = localStorage.getItem("nexus.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to us: the system's theme holds.
}

// Apply the theme and the direction a person chose; src/app/theme.ts and src/app/direction.ts own
// the choices and explain the keys.
try {
  const theme = localStorage.getItem("nexus.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (localStorage.getItem("nexus.direction") === "rtl") document.documentElement.dir = "rtl";
} catch {
  // Storage is closed to us: the system's theme holds.
}

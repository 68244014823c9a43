// Runs before the first paint, so that a chosen theme never flashes.
{
  let theme = "auto";
  try {
    theme = JSON.parse(localStorage.getItem("sonde.theme")) ?? "auto";
  } catch {
    // Storage is switched off, or holds what someone else wrote: the system decides.
  }
  document.documentElement.dataset.theme = theme === "dark" || theme === "light" ? theme : "auto";
}

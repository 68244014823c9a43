// The colour of a status or a severity: of a chip that names it; "" for what is neither good nor bad.

const TONES = {
  success: "success", ok: "success",
  error: "error", failed: "error", timeout: "error", fatal: "error", violated: "error",
  blocked: "warning", rejected: "warning", cancelled: "warning", partial: "warning", warn: "warning", warning: "warning",
  running: "running",
};

export function toneOf(status) {
  return Object.hasOwn(TONES, status) ? TONES[status] : "";
}

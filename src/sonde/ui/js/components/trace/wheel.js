// The wheel over a waterfall: with Ctrl (or pinching) it zooms at the pointer, with Shift or sideways it pans; else it
// scrolls the rows.

import { useEffect, useRef } from "../../lib/html.js";

const LINE_PX = 16;

export function useWheel(element, shown, leftPx, widthPx) {
  const now = useRef({});
  now.current = { shown, leftPx, widthPx };
  useEffect(() => {
    const box = element.current;
    const turned = (event) => {
      const { shown: time, leftPx: left, widthPx: width } = now.current;
      const unit = event.deltaMode === 1 ? LINE_PX : 1;
      const [x, y] = [event.deltaX * unit, event.deltaY * unit];
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const share = Math.min(Math.max((event.clientX - box.getBoundingClientRect().left - left) / width, 0), 1);
        time.zoom(Math.exp(-Math.max(Math.min(y, 200), -200) * 0.004), time.from + share * (time.to - time.from));
      } else if (event.shiftKey || Math.abs(x) > Math.abs(y)) {
        event.preventDefault();
        time.pan((event.shiftKey ? x || y : x) / width);
      }
    };
    // Not passive, for the browser would zoom the page.
    box.addEventListener("wheel", turned, { passive: false });
    return () => box.removeEventListener("wheel", turned);
  }, []);
}

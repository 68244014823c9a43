// How wide an element is now, in pixels.

import { useLayoutEffect, useRef, useState } from "./html.js";

// [ref of the element, its width]; `before` until it is drawn.
export function useWidth(before = 600) {
  const box = useRef(null);
  const [width, setWidth] = useState(before);
  useLayoutEffect(() => {
    const watcher = new ResizeObserver(([entry]) => setWidth(entry.contentRect.width));
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return [box, width];
}

// The map: drawn for the newest question when it is shown; wheel, drag and buttons move it.
import { onFrames } from "./views.js";

const frame = () => document.querySelector('iframe[name="map"]');

const draw = () => {
  const asked = [...document.querySelectorAll("#turns .words")].at(-1)?.textContent.slice(0, 4001) ?? "";
  const address = `map/?question=${encodeURIComponent(asked)}`;
  const isDrawn = frame().contentDocument && frame().getAttribute("src") === address;
  if (!isDrawn) frame().setAttribute("src", address);
};

document.addEventListener("shown", (event) => { if (event.detail === "map") draw(); });

// Makes the map of a page move. Its view is a part of the whole, in units of the drawing.
const move = (svg) => {
  const whole = svg.viewBox.baseVal, width = whole.width, height = whole.height;
  let view = { x: 0, y: 0, size: 1 };

  const show = (x, y, size) => {
    const k = Math.min(Math.max(size, 0.05), 1);
    const inside = (value, most) => Math.min(Math.max(value, 0), most * (1 - k));
    view = { x: inside(x, width), y: inside(y, height), size: k };
    svg.setAttribute("viewBox", [view.x, view.y, width * k, height * k].join(" "));
    svg.style.setProperty("--k", k);
  };

  const zoom = (factor, x = view.x + width * view.size / 2, y = view.y + height * view.size / 2) => {
    const size = Math.min(Math.max(view.size * factor, 0.05), 1), change = size / view.size;
    show(x - (x - view.x) * change, y - (y - view.y) * change, size);
  };

  const at = (event) => {
    const place = new DOMPoint(event.clientX, event.clientY);
    return place.matrixTransform(svg.getScreenCTM().inverse());
  };

  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = at(event);
    zoom(event.deltaY < 0 ? 0.8 : 1.25, x, y);
  }, { passive: false });
  let held = null;
  svg.addEventListener("pointerdown", (event) => { held = at(event); });
  svg.addEventListener("pointermove", (event) => {
    if (!held || !event.buttons) return;
    const now = at(event);
    show(view.x + held.x - now.x, view.y + held.y - now.y, view.size);
  });
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.ownerDocument.addEventListener("click", (event) => {
    const { zoom: factor, x, y } = event.target.closest?.("button")?.dataset ?? {};
    if (factor === "whole") show(0, 0, 1);
    else if (factor) zoom(Number(factor));
    else if (x) show(Number(x) - width / 6, Number(y) - height / 6, 1 / 3);
  });
};

onFrames((page) => {
  const svg = page.getElementById("map");
  if (svg) move(svg);
});

// Shows the words of `data-tip` beside an element that is pointed at or has the focus.
const tip = () => document.getElementById("tip");
let shownFor = null;

const hide = () => {
  if (!shownFor) return;
  shownFor.removeAttribute("aria-describedby");
  tip().hidden = true;
  shownFor = null;
};

const place = (box, element) => {
  const { left, top, bottom } = element.getBoundingClientRect();
  const below = bottom + box.offsetHeight + 12 < window.innerHeight;
  const x = Math.min(left, window.innerWidth - box.offsetWidth - 12);
  box.style.left = `${Math.max(x, 12)}px`;
  box.style.top = `${Math.max(below ? bottom + 8 : top - box.offsetHeight - 8, 8)}px`;
};

const showFor = (element) => {
  if (element === shownFor) return;
  hide();
  const box = tip();
  box.textContent = element.dataset.tip;
  box.hidden = false;
  element.setAttribute("aria-describedby", "tip");
  shownFor = element;
  place(box, element);
};

for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    if (event.pointerType === "touch") return;
    const element = event.target.closest?.("[data-tip]");
    if (element) showFor(element);
    else hide();
  });
}
document.addEventListener("scroll", hide, true);
document.addEventListener("click", hide);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

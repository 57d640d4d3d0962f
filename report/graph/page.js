
'use strict';
const stage = document.getElementById('stage'), svg = stage.querySelector('svg'), found = document.getElementById('found');
const width = svg.viewBox.baseVal.width, height = svg.viewBox.baseVal.height;
const nodes = [...svg.querySelectorAll('[data-element]')], edges = [...svg.querySelectorAll('[data-from]')];
// Below this, text is no longer legible: the picture scrolls instead.
const legible = 0.85;
let scale = 1;

function zoom(to, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  to = Math.min(4, Math.max(0.05, to));
  const left = (stage.scrollLeft + x) / scale, top = (stage.scrollTop + y) / scale;
  scale = to;
  svg.setAttribute('width', Math.round(width * scale));
  svg.setAttribute('height', Math.round(height * scale));
  stage.scrollLeft = left * scale - x;
  stage.scrollTop = top * scale - y;
}
const fitting = () => Math.min(1, (stage.clientWidth - 2) / width, (stage.clientHeight - 2) / height);

// mark shows some elements and what they are connected with; none is all.
function mark(elements) {
  svg.classList.toggle('some', elements.size > 0);
  const near = new Set(elements);
  for (const e of edges) {
    const on = elements.has(e.dataset.from) || elements.has(e.dataset.to);
    e.classList.toggle('on', on);
    if (on) near.add(e.dataset.from).add(e.dataset.to);
  }
  for (const n of nodes) n.classList.toggle('on', near.has(n.dataset.element));
}

document.getElementById('smaller').onclick = () => zoom(scale / 1.25);
document.getElementById('larger').onclick = () => zoom(scale * 1.25);
document.getElementById('fit').onclick = () => zoom(fitting());
document.getElementById('whole').onclick = () => zoom(1);
document.getElementById('find').oninput = event => {
  const word = event.target.value.trim().toLowerCase();
  const hits = word ? nodes.filter(n => n.dataset.element.toLowerCase().includes(word)) : [];
  const elements = new Set(hits.map(n => n.dataset.element));
  mark(elements);
  found.textContent = word ? elements.size + ' found' : '';
  if (hits.length) {
    const box = hits[0].getBoundingClientRect(), at = stage.getBoundingClientRect();
    stage.scrollLeft += box.x - at.x - (at.width - box.width) / 2;
    stage.scrollTop += box.y - at.y - (at.height - box.height) / 2;
  }
};
stage.addEventListener('wheel', event => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const at = stage.getBoundingClientRect();
  zoom(scale * Math.exp(-event.deltaY / 300), event.clientX - at.x, event.clientY - at.y);
}, {passive: false});

// A mouse drags the picture; fingers scroll it as they scroll everything.
let held = null, moved = false;
stage.addEventListener('pointerdown', event => {
  moved = false;
  if (event.pointerType === 'mouse' && event.button === 0) held = {x: event.clientX + stage.scrollLeft, y: event.clientY + stage.scrollTop, at: event};
});
window.addEventListener('pointermove', event => {
  if (!held) return;
  if (Math.abs(event.clientX - held.at.clientX) + Math.abs(event.clientY - held.at.clientY) > 4) moved = true;
  if (!moved) return;
  stage.classList.add('held');
  stage.scrollLeft = held.x - event.clientX;
  stage.scrollTop = held.y - event.clientY;
});
window.addEventListener('pointerup', () => { held = null; stage.classList.remove('held'); });
stage.addEventListener('click', event => {
  if (moved) return;
  const node = event.target.closest('[data-element]');
  mark(new Set(node ? [node.dataset.element] : []));
});
stage.addEventListener('keydown', event => {
  const node = event.target.closest('[data-element]');
  if (event.key === 'Enter' && node) mark(new Set([node.dataset.element]));
  if (event.key === 'Escape') mark(new Set());
});
zoom(Math.max(legible, fitting()));
stage.scrollLeft = stage.scrollTop = 0;

// Makes the bars of the what-if page movable. Every change goes into the page's own form, and the answer is the page's own: without script the form does all.
const form = document.querySelector('#changes');
const say = document.querySelector('#announce');
const undo = [];
let asked, timer, focused;

const chart = () => document.querySelector('#gantt');
const rows = () => [...chart().querySelectorAll('tbody tr[data-code]')];
const words = (text, ...values) => values.reduce((t, v, i) => t.replace(`{${i}}`, v), text);

// A quarter of the calendar, counted from the first one of the plan.
function quarter(at) {
  const [year, number] = chart().dataset.start.split('-Q').map(Number);
  const index = year * 4 + number - 1 + at;
  return `${Math.floor(index / 4)}-Q${index % 4 + 1}`;
}

const fields = row => ['', '-start', '-earliest', '-latest'].map(part => form.elements[`decision-${row.dataset.code}${part}`]);
const state = row => ({ code: row.dataset.code, values: fields(row).map(f => f.value), quarter: row.dataset.quarter });

function decide(row, choice, start = '', at = row.dataset.quarter) {
  undo.push(state(row));
  [choice, start, '', ''].forEach((value, i) => { fields(row)[i].value = value; });
  row.dataset.quarter = at;
  told(row, choice === 'forbid' ? chart().dataset.forbidden : text(row));
}

function told(row, sentence) {
  draw(row);
  say.textContent = `${name(row)}: ${sentence}`;
  ask();
}

const name = row => row.querySelector('bdi').textContent;

function text(row) {
  const { at, out } = chart().dataset;
  return row.dataset.quarter === '' ? out : words(at, quarter(+row.dataset.quarter), quarter(+row.dataset.quarter + +row.dataset.duration - 1));
}

// The bar where its row says it is, and in words for who cannot see it.
function draw(row) {
  const [choice, start] = fields(row).map(f => f.value);
  const { cell, quarters, fixed, forbidden } = chart().dataset;
  const bar = row.querySelector('.bar');
  const rect = bar.firstElementChild;
  const isOut = row.dataset.quarter === '';
  rect.setAttribute('class', isOut ? 'absent' : 'work');
  rect.setAttribute('x', (isOut ? 0 : row.dataset.quarter) * cell);
  bar.classList.toggle('forbidden', choice === 'forbid');
  const run = row.querySelector('.run');
  if (run && !isOut) {
    const end = (+row.dataset.quarter + +row.dataset.duration) * cell;
    run.setAttribute('x', end);
    run.setAttribute('width', Math.max(0, quarters * cell - end));
  }
  row.querySelector('.mark').textContent = choice === 'forbid' ? forbidden : start ? words(fixed, start) : choice === 'must' ? form.elements[`decision-${row.dataset.code}`].selectedOptions[0].textContent : '';
  bar.setAttribute('aria-valuenow', isOut ? 0 : row.dataset.quarter);
  bar.setAttribute('aria-valuetext', [text(row), row.querySelector('.mark').textContent].filter(Boolean).join(', '));
}

function move(row, to) {
  const last = chart().dataset.quarters - row.dataset.duration;
  const at = Math.max(0, Math.min(last, to));
  if (row.dataset.quarter !== '' && at === +row.dataset.quarter && fields(row)[1].value === quarter(at)) return;
  decide(row, 'must', quarter(at), at);
}

function back() {
  const last = undo.pop();
  const row = last && rows().find(r => r.dataset.code === last.code);
  if (!row) return;
  fields(row).forEach((f, i) => { f.value = last.values[i]; });
  row.dataset.quarter = last.quarter;
  told(row, chart().dataset.undone);
  focus(row);
}

function focus(row) {
  const bar = row.querySelector('.bar');
  bar.focus({ preventScroll: true });
  bar.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  row.scrollIntoView({ block: 'nearest' });
}

function keep(event) {
  for (const bar of chart().querySelectorAll('.bar')) bar.tabIndex = bar === event.currentTarget ? 0 : -1;
  focused = event.currentTarget.closest('tr').dataset.code;
}

function press(event) {
  const row = event.target.closest('tr');
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const all = rows();
  const at = row.dataset.quarter === '' ? -1 : +row.dataset.quarter;
  const act = {
    ArrowLeft: () => move(row, at - 1),
    ArrowRight: () => move(row, at + 1),
    ArrowUp: () => focus(all[Math.max(0, all.indexOf(row) - 1)]),
    ArrowDown: () => focus(all[Math.min(all.length - 1, all.indexOf(row) + 1)]),
    Home: () => focus(all[0]),
    End: () => focus(all.at(-1)),
    f: () => move(row, Math.max(0, at)),
    x: () => decide(row, 'forbid'),
    Escape: back,
  }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function drag(event) {
  const row = event.target.closest('tr');
  const [from, x, cell] = [+(row.dataset.quarter || 0), event.clientX, +chart().dataset.cell];
  const rect = row.querySelector('.bar').firstElementChild;
  const bar = event.currentTarget;
  focus(row);
  bar.setPointerCapture(event.pointerId);
  const at = e => Math.round(from + (e.clientX - x) / cell);
  const follow = e => rect.setAttribute('x', Math.max(0, at(e)) * cell);
  const drop = e => {
    bar.removeEventListener('pointermove', follow);
    bar.removeEventListener('pointerup', drop);
    bar.removeEventListener('pointercancel', drop);
    if (e.type === 'pointerup' && at(e) !== from) move(row, at(e));
    else draw(row);
  };
  bar.addEventListener('pointermove', follow);
  bar.addEventListener('pointerup', drop);
  bar.addEventListener('pointercancel', drop);
}

// Bars become sliders: one stop for Tab, arrows within.
function enliven() {
  chart().classList.add('movable');
  document.querySelector('#gantt-help').hidden = false;
  for (const row of rows()) {
    const svg = row.querySelector('svg');
    const rect = svg.querySelector('.work, .absent');
    const bar = document.createElementNS(svg.namespaceURI, 'g');
    svg.removeAttribute('role');
    svg.querySelector('title').remove();
    rect.replaceWith(bar);
    bar.append(rect);
    bar.setAttribute('class', 'bar');
    bar.setAttribute('role', 'slider');
    bar.setAttribute('aria-label', name(row));
    bar.setAttribute('aria-describedby', 'gantt-help');
    bar.setAttribute('aria-valuemin', 0);
    bar.setAttribute('aria-valuemax', chart().dataset.quarters - row.dataset.duration);
    bar.tabIndex = -1;
    bar.addEventListener('focus', keep);
    bar.addEventListener('keydown', press);
    bar.addEventListener('pointerdown', drag);
    draw(row);
  }
  const stop = rows().find(r => r.dataset.code === focused) ?? rows()[0];
  if (stop) stop.querySelector('.bar').tabIndex = 0;
}

function ask() {
  clearTimeout(timer);
  timer = setTimeout(answer, 400);
}

async function answer() {
  asked?.abort();
  asked = new AbortController();
  const verdict = document.querySelector('#verdict');
  verdict.textContent = chart().dataset.busy;
  chart().setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), signal: asked.signal });
    if (response.status !== 200 && response.status !== 422) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const [had, left] = [document.activeElement?.closest('#gantt .bar'), chart().scrollLeft];
    for (const id of ['verdict', 'answer', 'gantt']) document.getElementById(id).replaceWith(page.getElementById(id));
    const faults = page.querySelector('.error-summary ul');
    if (faults) document.querySelector('#verdict').append(faults);
    enliven();
    chart().scrollLeft = left;
    if (had) rows().find(r => r.dataset.code === focused)?.querySelector('.bar').focus({ preventScroll: true });
    say.textContent = document.querySelector('#verdict').textContent.trim();
  } catch (fault) {
    if (fault.name === 'AbortError') return;
    verdict.textContent = chart().dataset.failed;
    say.textContent = chart().dataset.failed;
    chart().removeAttribute('aria-busy');
  }
}

if (form && chart()) {
  enliven();
  form.addEventListener('change', ask);
  form.addEventListener('submit', event => {
    if (event.submitter?.hasAttribute('formaction')) return;
    event.preventDefault();
    answer();
  });
}

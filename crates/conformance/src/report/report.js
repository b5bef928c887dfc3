const search = document.querySelector('input[type=search]');
const kinds = [...document.querySelectorAll('input[type=checkbox]')];
const rows = [...document.querySelectorAll('details[data-kind]')];
const shown = document.querySelector('#shown');
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = new Set(kinds.filter((box) => box.checked).map((box) => box.value));
  let count = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !(wanted.has(row.dataset.kind) && words.every((word) => text.includes(word)));
    if (!row.hidden) count += 1;
  }
  shown.textContent = `${count} of ${rows.length}`;
}
search.addEventListener('input', filter);
for (const box of kinds) box.addEventListener('change', filter);
filter();

// Small comforts on top of pages that work without script.
document.querySelector('.error-summary')?.focus();
// Where tabs do not fit, the open one is in view.
for (const open of document.querySelectorAll('.tabs [aria-current]')) {
  const tabs = open.closest('.tabs');
  tabs.scrollLeft = open.offsetLeft - (tabs.clientWidth - open.offsetWidth) / 2;
}

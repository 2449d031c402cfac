// Small comforts on top of pages that work without script.
document.querySelector('.error-summary')?.focus();

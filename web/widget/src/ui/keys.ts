/** composing: an input method has this key, as Enter that takes its proposal. Safari ends the composition before it. */
export const composing = (e: KeyboardEvent): boolean => e.isComposing || e.keyCode === 229;

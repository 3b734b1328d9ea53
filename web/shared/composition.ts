/** isComposing: an input method has this key, as Enter that takes its proposal. Safari ends the composition before it. */
export const isComposing = (e: KeyboardEvent): boolean => e.isComposing || e.keyCode === 229;

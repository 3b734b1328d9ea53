/** directionOf is the writing direction of a language. */
export const directionOf = (language: string): "rtl" | "ltr" =>
  /^(ar|he|fa|ur|ps|sd|ug|yi|dv|ckb)\b|-(arab|hebr)/i.test(language) ? "rtl" : "ltr";

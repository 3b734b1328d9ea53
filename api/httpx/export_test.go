package httpx

// Len is how many keys are counted.
func (t *RateLimiter) Len() int { return len(t.full) }

// TriesToKeep is how many may be.
const TriesToKeep = triesToKeep

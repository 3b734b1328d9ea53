package core

// Len is how many keys are remembered.
func (c *WidgetCache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.keys)
}

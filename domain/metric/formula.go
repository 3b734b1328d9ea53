package metric

// Ratio is a share; nil where there is nothing to divide by.
func Ratio(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	r := float64(part) / float64(whole)
	return &r
}

// Mean is an average; nil where there is nothing to average.
func Mean(sum float64, n int) *float64 {
	if n == 0 {
		return nil
	}
	m := sum / float64(n)
	return &m
}

// Service is the service level: inTime of those answered, to those answered and
// those who gave up late.
func Service(inTime, answered, abandonedLong int) *float64 {
	return Ratio(inTime, answered+abandonedLong)
}

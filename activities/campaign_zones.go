package activities

import (
	"context"

	"switchboard/domain/campaign"
)

// openZones are the time zones in which people may be written to now. Nobody is
// added to a campaign that runs, so they are read once for a range.
func (s *sender) openZones(ctx context.Context) ([]string, error) {
	if s.zones == nil {
		_, zones, err := s.Store.Campaign.ZonesLeft(ctx, s.in.Campaign)
		if err != nil {
			return nil, err
		}
		s.zones = zones
	}
	open := []string{}
	for _, z := range s.zones {
		if s.c.Quiet().Open(s.now(), campaign.Zone(z, s.c.TimeZone)) {
			open = append(open, z)
		}
	}
	return open, nil
}

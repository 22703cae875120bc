-- Sales that are waited for, however many were made in years: whose status is asked for, and whose call isn't handed on yet.
CREATE INDEX sale_to_follow ON sale (effect) WHERE came_to = 'sold' AND follow_until IS NOT NULL;
CREATE INDEX sale_to_hand ON sale (effect) WHERE came_to = 'sold' AND transfer_phone IS NOT NULL AND handed_at IS NULL;

-- Whose a certificate of consent was, for a post that would go out with it again.
CREATE INDEX sale_consent_certificate ON sale_consent (certificate);

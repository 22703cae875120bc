-- A ping that the service found fault with isn't sent again as it was: its content's hash, to know it by.
ALTER TABLE sale ADD COLUMN refused_ping TEXT;

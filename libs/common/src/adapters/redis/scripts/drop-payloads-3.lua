-- KEYS payloads of the request, ledger of all payloads, bytes held. ARGV prefix of payloads.
return dropPayloads(KEYS[1], KEYS[2], KEYS[3], ARGV[1])

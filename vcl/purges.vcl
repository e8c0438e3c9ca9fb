# Purges: by surrogate keys, by path, by pattern.
#
#     PURGE /          xkey-purge: KEY KEY        everything with one of the keys is gone
#     PURGE /          xkey-softpurge: KEY KEY    it is stale: used once more and renewed behind
#     PURGE /PATH                                 every variant of that path is gone
#     PURGE /PATH      Authorization: Bearer …    an order to Inkfish, which tells us as above
#     BAN /            X-Ban: PATTERN             every path that the regular expression fits is gone

sub take_purges {
    if (req.method == "PURGE" && req.http.Authorization) {
        call choose_backend;
        return (pass);
    }
    if (req.method == "PURGE" || req.method == "BAN") {
        call refuse_strangers;
    }
    if (req.method == "PURGE") {
        call purge_keys;
        call drop_query;
        call note_purge;
        return (purge);
    }
    if (req.method == "BAN") {
        call ban_pattern;
    }
}

# What came through another proxy comes from whom that lets in, whatever its own address.
sub refuse_strangers {
    if (client.ip !~ purgers || req.http.X-Forwarded-For ~ ",") {
        return (synth(403));
    }
}

sub purge_keys {
    if (req.http.xkey-purge) {
        call note_purge;
        return (synth(200, "Purged " + xkey.purge(req.http.xkey-purge)));
    }
    if (req.http.xkey-softpurge) {
        return (synth(200, "Softly purged " + xkey.softpurge(req.http.xkey-softpurge)));
    }
}

# Tests the stored path and no header of a request, so that what goes through objects in the background can apply it.
sub ban_pattern {
    if (!req.http.X-Ban) {
        return (synth(400, "X-Ban is missing"));
    }
    call note_purge;
    if (std.ban("obj.http.X-Url ~ " + req.http.X-Ban)) {
        return (synth(200, "Banned"));
    }
    return (synth(400, std.ban_error()));
}

# What is being fetched has no keys yet, so no purge meets it; and it may have left Inkfish before the purge came there.
sub note_purge {
    var.global_set("purged", std.time2real(now, 0.0));
}

# So whatever was asked for before the last purge is passed on and not kept.
sub keep_nothing_older_than_a_purge {
    if (std.time2real(bereq.time, 0.0) <= std.real(var.global_get("purged"), 0.0)) {
        set beresp.ttl = 0s;
        set beresp.grace = 0s;
        set beresp.keep = 0s;
    }
}

sub vcl_purge {
    return (synth(200, "Purged"));
}

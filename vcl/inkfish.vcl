# Varnish in front of Inkfish: a cache that forgets by surrogate key.
#
#     varnishd -f /etc/varnish/inkfish.vcl -p vcl_path=/etc/varnish -s malloc,4g -s Transient=malloc,256m
#
# What a site changes stands in site.vcl; docs/cdn.md says how it is run. It needs Varnish 7.1 or later with xkey and var,
# which Debian has as `varnish` and `varnish-modules`.

vcl 4.1;

import std;
import directors;
import var;
import xkey;

include "site.vcl";
include "variants.vcl";
include "purges.vcl";

# --- What is asked ---------------------------------------------------------------------------------------------------

sub vcl_recv {
    call drop_marks;
    call take_purges;
    call refuse_other_methods;
    call drop_query;
    call choose_backend;
    call choose_grace;
    call site_recv;
    call pass_what_is_not_shared;
    call choose_variant;
    return (hash);
}

# Marks of ours, which no client may set; a restart keeps them.
sub drop_marks {
    if (req.restarts == 0) {
        unset req.http.X-Failed;
        unset req.http.X-Outcome;
    }
}

# Anything else would be piped.
sub refuse_other_methods {
    if (req.method != "GET" && req.method != "HEAD" && req.method != "OPTIONS") {
        return (synth(405));
    }
}

# Inkfish cuts it off and no signature covers it, so one object is enough. The path stays as it came, for its bytes are
# signed.
sub drop_query {
    set req.url = regsub(req.url, "\?.*$", "");
}

# All sizes of an image have one home, by their source. A retry needs it again.
sub choose_backend {
    call find_source;
    set req.backend_hint = origins.backend(by = KEY, key = origins.key(req.http.X-Source));
}

# What follows the options, without its extension. Nothing here may look back: paths are long, and Varnish bounds the
# steps of a match.
sub find_source {
    if (req.url ~ "/plain/") {
        set req.http.X-Source = std.strstr(req.url, "/plain/");
    } else {
        set req.http.X-Source = regsub(req.url, "^(?:/[^/:]++(?=/))++(?:/[^/:]*+:[^/]*+|/-)++/", "");
    }
    set req.http.X-Source = regsub(req.http.X-Source, "[@.][a-z]++$", "");
}

# For how long a stale object is used at once and renewed behind: while no backend is up, and where one has just failed,
# for as long as it is kept.
sub choose_grace {
    call site_grace;
    if (!std.healthy(req.backend_hint) || req.http.X-Failed) {
        set req.grace = 365d;
    }
}

# What a client proves to Inkfish (INKFISH_SECRET) is not for others.
sub pass_what_is_not_shared {
    if (req.method == "OPTIONS" || req.http.Authorization) {
        return (pass);
    }
}

# No answer depends on the name of the host.
sub vcl_hash {
    hash_data(req.url);
    return (lookup);
}

sub vcl_hit {
    if (obj.ttl >= 0s) {
        set req.http.X-Outcome = "hit";
    } else {
        set req.http.X-Outcome = "hit; detail=stale";
    }
}

sub vcl_miss {
    set req.http.X-Outcome = "fwd=miss";
}

sub vcl_pass {
    set req.http.X-Outcome = "fwd=bypass";
}

# --- What a backend answers ------------------------------------------------------------------------------------------

sub vcl_backend_fetch {
    unset bereq.http.X-Failed;
    unset bereq.http.X-Outcome;
    if (bereq.retries > 0) {
        set bereq.backend = origins.backend(by = KEY, key = origins.key(bereq.http.X-Source), alt = bereq.retries);
    }
    return (fetch);
}

sub vcl_backend_response {
    if (beresp.status >= 500) {
        call keep_what_is_stale;
        call keep_nothing;
    }
    call choose_ttl;
    if (bereq.uncacheable || beresp.ttl <= 0s) {
        call keep_nothing;
    }
    call keep;
    call keep_nothing_older_than_a_purge;
    return (deliver);
}

# No connection, or no answer in time: another backend is asked, once.
sub vcl_backend_error {
    if (bereq.retries == 0 && (bereq.method == "GET" || bereq.method == "HEAD")) {
        return (retry);
    }
    call keep_what_is_stale;
    set beresp.http.Content-Type = "text/plain; charset=utf-8";
    set beresp.http.Cache-Control = "no-store";
    set beresp.http.Retry-After = "1";
    set beresp.body = "" + beresp.status + " " + beresp.reason + {"
"};
    call keep_nothing;
    return (deliver);
}

# Where an object is there to be renewed, it stays; who waits for it gets it, see `vcl_synth`.
sub keep_what_is_stale {
    if (!bereq.uncacheable && (bereq.is_bgfetch || bereq.http.If-None-Match)) {
        return (abandon);
    }
}

# Neither errors nor what is one client's own. For some seconds nobody waits for another's request of it; what can be
# kept then is.
sub keep_nothing {
    set beresp.ttl = 10s;
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    set beresp.uncacheable = true;
    return (deliver);
}

# What caches are told apart from browsers (RFC 9213) goes first. Varnish reads no lifetime of a 422 by itself.
sub choose_ttl {
    if (beresp.http.CDN-Cache-Control) {
        set beresp.ttl = std.duration(regsub(beresp.http.CDN-Cache-Control, "^max-age=(\d+).*$", "\1s"), 0s);
    } else if (beresp.status == 422) {
        set beresp.ttl = std.duration(regsub(beresp.http.Cache-Control, "^s-maxage=(\d+).*$", "\1s"), 0s);
    } else if (beresp.http.Cache-Control ~ "(?i)no-cache|no-store|private") {
        set beresp.ttl = 0s;
    }
}

# Errors are kept as long as they say and no longer.
sub keep {
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    if (beresp.status == 200) {
        call site_times;
    }
    unset beresp.http.xkey;
    if (beresp.http.Surrogate-Key) {
        set beresp.http.xkey = beresp.http.Surrogate-Key;
    }
    set beresp.http.X-Url = bereq.url;
    set beresp.do_esi = false;
    set beresp.do_stream = true;
}

# --- What is answered ------------------------------------------------------------------------------------------------

sub vcl_deliver {
    call name_request;
    call name_outcome;
    call show_details;
    unset resp.http.xkey;
    unset resp.http.X-Url;
    return (deliver);
}

# An object that is held bears the id of the request that brought it.
sub name_request {
    if (req.http.X-Request-Id) {
        set resp.http.X-Request-Id = req.http.X-Request-Id;
    } else if (obj.hits > 0) {
        unset resp.http.X-Request-Id;
    }
}

# RFC 9211: after what Inkfish said of itself when it made the object.
sub name_outcome {
    set resp.http.Cache-Status = regsub(
        resp.http.Cache-Status + ", Varnish; " + req.http.X-Outcome, "^, ", "");
}

# For who may purge and says `X-Debug: on`.
sub show_details {
    if (req.http.X-Debug && client.ip ~ purgers) {
        set resp.http.X-Debug = "variant=" + req.http.Accept + "; hits=" + obj.hits + "; ttl=" + obj.ttl
            + "; grace=" + obj.grace + "; keep=" + obj.keep + "; keys=" + resp.http.xkey;
    }
}

sub vcl_synth {
    if (resp.status == 503 && req.restarts == 0) {
        set req.http.X-Failed = "yes";
        return (restart);
    }
    set resp.http.Content-Type = "text/plain; charset=utf-8";
    set resp.http.Cache-Control = "no-store";
    set resp.body = "" + resp.status + " " + resp.reason + {"
"};
    return (deliver);
}

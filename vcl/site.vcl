# What a site changes. Everything else is the same everywhere.

# The balancers in front of Inkfish, or each Inkfish itself.
probe origin {
    .url = "/health";
    .interval = 1s;
    .timeout = 1s;
    .window = 4;
    .threshold = 2;
}

# The first byte comes within INKFISH_TIMEOUT or not at all.
backend origin_a {
    .host = "127.0.0.1";
    .port = "8080";
    .probe = origin;
    .connect_timeout = 300ms;
    .first_byte_timeout = 15s;
    .between_bytes_timeout = 15s;
    .max_connections = 1000;
}

sub vcl_init {
    new origins = directors.shard();
    origins.add_backend(origin_a);
    origins.reconfigure();
}

# Who may purge and ban here: each Inkfish, by the address that Varnish sees, and who operates them. A balancer that
# passes requests of the public on must not be among them.
acl purgers {
    "127.0.0.1";
    "::1";
}

# Images depend on no cookie. Where cookies or headers of clients are passed on to sources, `return (pass)` here.
sub site_recv {
    unset req.http.Cookie;
}

# How long a stale image is still answered at once while it is renewed behind.
sub site_grace {
    set req.grace = 1h;
}

# A good answer: how long it is taken for fresh at most, whatever browsers are told; how long beyond that it is there
# while no backend is up; and how long beyond that it is kept to be confirmed.
sub site_times {
    if (beresp.ttl > 1d) {
        set beresp.ttl = 1d;
    }
    set beresp.grace = 7d;
    set beresp.keep = 1d;
}

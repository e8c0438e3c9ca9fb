# The site of the tests: the server that varnishtest runs, and short times.

sub vcl_init {
    new origins = directors.shard();
    origins.add_backend(s1);
    origins.reconfigure();
}

acl purgers {
    "127.0.0.1";
}

sub site_recv {
    unset req.http.Cookie;
}

sub site_grace {
    set req.grace = 1s;
}

sub site_times {
    if (beresp.ttl > 1d) {
        set beresp.ttl = 1d;
    }
    set beresp.grace = 1h;
    set beresp.keep = 1h;
}

# A site without backends: every object is made here, small, with four keys. Ten have a source in common, a thousand a
# tag.

backend nobody {
    .host = "127.0.0.1";
    .port = "1";
}

sub vcl_init {
    new origins = directors.shard();
    origins.add_backend(nobody);
    origins.reconfigure();
}

acl purgers {
    "127.0.0.1";
}

sub site_recv {
}

sub site_grace {
    set req.grace = 1h;
}

sub site_times {
}

sub vcl_backend_error {
    set beresp.http.X-Number = regsub(bereq.url, "^.*/", "");
    set beresp.status = 200;
    set beresp.ttl = 1d;
    set beresp.grace = 7d;
    set beresp.keep = 0s;
    set beresp.http.Cache-Control = "max-age=86400, public";
    set beresp.http.xkey = "s-" + std.integer(beresp.http.X-Number, 0) / 10 + " u-" + beresp.http.X-Number
        + " v-" + beresp.http.X-Number + " tag-" + std.integer(beresp.http.X-Number, 0) / 1000;
    set beresp.http.X-Url = bereq.url;
    set beresp.body = "small";
    return (deliver);
}

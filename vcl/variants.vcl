# Headers that choose a variant, brought down to the few values that Inkfish tells apart (docs/urls.md, "Negotiation"),
# so that `Vary` makes as many objects as there are variants.

sub choose_variant {
    call choose_formats;
    call choose_hints;
    call choose_saving;
}

# --- Accept ----------------------------------------------------------------------------------------------------------

# Of AVIF and WebP those that are named, and not less wanted than the other. Wildcards name nothing.
sub choose_formats {
    call weigh_avif;
    call weigh_webp;
    unset req.http.Accept;
    if (std.real(req.http.X-Avif, 0.0) > 0.0 && std.real(req.http.X-Avif, 0.0) >= std.real(req.http.X-Webp, 0.0)) {
        set req.http.Accept = "image/avif";
    }
    if (std.real(req.http.X-Webp, 0.0) > 0.0 && std.real(req.http.X-Webp, 0.0) >= std.real(req.http.X-Avif, 0.0)) {
        set req.http.Accept = regsub(req.http.Accept + ",image/webp", "^,", "");
    }
    unset req.http.X-Avif;
    unset req.http.X-Webp;
}

# The weight of a type is 0 where it is not named. Where it is named twice, the last counts.
sub weigh_avif {
    set req.http.X-Avif = "0";
    if (req.http.Accept ~ "(?i)(^|,)\s*image/avif\s*(;|,|$)") {
        set req.http.X-Weight = regsub(req.http.Accept, "(?i)^(.*,)?\s*image/avif\s*((;[^,]*)?)(,.*)?$", "\2");
        call read_weight;
        set req.http.X-Avif = req.http.X-Weight;
        unset req.http.X-Weight;
    }
}

sub weigh_webp {
    set req.http.X-Webp = "0";
    if (req.http.Accept ~ "(?i)(^|,)\s*image/webp\s*(;|,|$)") {
        set req.http.X-Weight = regsub(req.http.Accept, "(?i)^(.*,)?\s*image/webp\s*((;[^,]*)?)(,.*)?$", "\2");
        call read_weight;
        set req.http.X-Webp = req.http.X-Weight;
        unset req.http.X-Weight;
    }
}

# Parameters become the weight among them, 1 where there is none, 0 where it is malformed.
sub read_weight {
    if (req.http.X-Weight !~ "(?i);\s*q\s*(=|;|$)") {
        set req.http.X-Weight = "1";
    } else {
        set req.http.X-Weight = regsub(req.http.X-Weight, "(?i)^.*?;\s*q\s*=\s*([^;]*?)\s*(;.*)?$", "\1");
    }
    if (req.http.X-Weight !~ "^(0(\.\d{1,3})?|1(\.0{1,3})?)$") {
        set req.http.X-Weight = "0";
    }
}

# --- Client hints ----------------------------------------------------------------------------------------------------

# The pixel ratio becomes 1.5, 2 or 3, the next above it, and none up to 1 or past 8. The width counts pixels of the
# device, so that it has to be divided by the ratio before it is rounded, and multiplied again: Inkfish will divide it.
sub choose_hints {
    call read_hints;
    call choose_ratio;
    call choose_width;
    unset req.http.X-Ratio;
    unset req.http.X-Width;
}

sub read_hints {
    set req.http.X-Ratio = req.http.Sec-CH-DPR;
    if (!req.http.Sec-CH-DPR) {
        set req.http.X-Ratio = req.http.DPR;
    }
    set req.http.X-Width = req.http.Sec-CH-Width;
    if (!req.http.Sec-CH-Width) {
        set req.http.X-Width = req.http.Width;
    }
    unset req.http.Sec-CH-DPR;
    unset req.http.DPR;
    unset req.http.Sec-CH-Width;
    unset req.http.Width;
    call drop_bad_hints;
}

sub drop_bad_hints {
    if (req.http.X-Ratio !~ "^\d+(\.\d{1,3})?$" || std.real(req.http.X-Ratio, 0.0) <= 0.0
        || std.real(req.http.X-Ratio, 0.0) > 8.0) {
        set req.http.X-Ratio = "1";
    }
    if (req.http.X-Width !~ "^\d{1,6}(\.\d{1,3})?$") {
        unset req.http.X-Width;
    }
}

sub choose_ratio {
    if (std.real(req.http.X-Ratio, 1.0) > 2.0) {
        set req.http.Sec-CH-DPR = "3";
    } else if (std.real(req.http.X-Ratio, 1.0) > 1.5) {
        set req.http.Sec-CH-DPR = "2";
    } else if (std.real(req.http.X-Ratio, 1.0) > 1.0) {
        set req.http.Sec-CH-DPR = "1.5";
    }
}

# Up in steps of 100 pixels of CSS, and to 16384 at most.
sub choose_width {
    if (req.http.X-Width) {
        set req.http.X-Width = std.round(std.real(req.http.X-Width, 0.0) / std.real(req.http.X-Ratio, 1.0));
        set req.http.X-Width = (std.integer(real = std.real(req.http.X-Width, 0.0)) + 99) / 100 * 100;
        if (std.integer(req.http.X-Width, 0) > 16384) {
            set req.http.X-Width = "16384";
        }
        set req.http.Sec-CH-Width = std.real(req.http.X-Width, 0.0) * std.real(req.http.Sec-CH-DPR, 1.0);
    }
}

sub choose_saving {
    if (req.http.Save-Data ~ "(?i)^\s*on\s*(;|$)") {
        set req.http.Save-Data = "on";
    } else {
        unset req.http.Save-Data;
    }
}

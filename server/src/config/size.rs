//! Sizes as people write them: `1048576`, `1 MiB`, `10 GB`.

/// Units by the power they stand for. The first of each factor is the one we print.
const UNITS: &[(&str, u64)] = &[
    ("b", 1),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("k", 1 << 10),
    ("m", 1 << 20),
    ("g", 1 << 30),
    ("t", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("", 1),
];

/// The number of bytes that `text` names, if it names one that fits.
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let number = text[..unit_at].replace('_', "");
    let unit = text[unit_at..].trim().to_ascii_lowercase();
    let factor = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let fraction = number.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0)?;
    let bytes = fraction * factor as f64;
    (bytes < 1e18).then_some(bytes as u64)
}

/// The shortest exact way to write that many bytes: `1 MiB`, `1500000`.
pub fn exact(bytes: u64) -> String {
    for (name, factor) in [("TiB", 1_u64 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= factor && bytes.is_multiple_of(factor) {
            return format!("{} {name}", bytes / factor);
        }
    }
    bytes.to_string()
}

/// About that many bytes, for people: `12.3 MiB`.
pub fn about(bytes: u64) -> String {
    for (name, factor) in [("TiB", 1_u64 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= factor {
            return format!("{:.1} {name}", bytes as f64 / factor as f64);
        }
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("1048576", Some(1 << 20)),
            ("1 MiB", Some(1 << 20)),
            ("1mib", Some(1 << 20)),
            ("10 GB", Some(10_000_000_000)),
            ("10G", Some(10 << 30)),
            ("1.5 KiB", Some(1536)),
            ("1_000", Some(1000)),
            ("0", Some(0)),
            ("", None),
            ("MiB", None),
            ("-1", None),
            ("1 apple", None),
            ("1.2.3", None),
            ("99999999999 TiB", None),
        ] {
            assert_eq!(parse(text), bytes, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for bytes in [0, 1, 1023, 1024, 1536, 1 << 20, 10 << 30, 1_500_000, 3 << 40] {
            assert_eq!(parse(&exact(bytes)), Some(bytes));
        }
        assert_eq!(about(12_900_000), "12.3 MiB");
    }
}

//! Moments for people and programs: RFC 3339, in UTC.

/// A wall time in milliseconds since 1970, as RFC 3339 with seconds.
pub fn text(wall_ms: u64) -> String {
    let moment = i64::try_from(wall_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.map_or_else(|| "?".to_string(), |moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

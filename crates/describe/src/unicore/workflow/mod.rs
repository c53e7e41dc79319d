//! UNICORE workflows.
use crate::json::Value;
use crate::loss::Rest;
use crate::{Diagnostics, Said, Source};
pub fn read(_: &Source, _: &mut Diagnostics) -> Option<Said> {
    None
}
pub fn read_value(_: &Value, _: &mut Diagnostics) -> Option<Said> {
    None
}
pub fn print(_: &mut Rest) -> String {
    String::new()
}

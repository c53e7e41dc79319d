//! Attributes of computing elements (GLUE schema 1.3), which requirements and ranks refer to after `other.`.

use super::syntax::{Entry, Outline};
use crate::{Diagnostics, spelling};
use pelago_classad::Expr;

/// Names of the GLUE schema that JDL documents use.
const NAMES: [&str; 49] = [
    "GlueCEUniqueID",
    "GlueCEName",
    "GlueCEHostingCluster",
    "GlueCEInfoHostName",
    "GlueCEInfoGatekeeperPort",
    "GlueCEInfoJobManager",
    "GlueCEInfoLRMSType",
    "GlueCEInfoLRMSVersion",
    "GlueCEInfoTotalCPUs",
    "GlueCEInfoDefaultSE",
    "GlueCEInfoApplicationDir",
    "GlueCEInfoDataDir",
    "GlueCEInfoContactString",
    "GlueCEImplementationName",
    "GlueCEImplementationVersion",
    "GlueCEStateStatus",
    "GlueCEStateFreeCPUs",
    "GlueCEStateFreeJobSlots",
    "GlueCEStateRunningJobs",
    "GlueCEStateWaitingJobs",
    "GlueCEStateTotalJobs",
    "GlueCEStateEstimatedResponseTime",
    "GlueCEStateWorstResponseTime",
    "GlueCEPolicyMaxCPUTime",
    "GlueCEPolicyMaxObtainableCPUTime",
    "GlueCEPolicyMaxWallClockTime",
    "GlueCEPolicyMaxObtainableWallClockTime",
    "GlueCEPolicyMaxRunningJobs",
    "GlueCEPolicyMaxTotalJobs",
    "GlueCEPolicyMaxSlotsPerJob",
    "GlueCEPolicyAssignedJobSlots",
    "GlueCEPolicyPriority",
    "GlueCECapability",
    "GlueCEAccessControlBaseRule",
    "GlueClusterUniqueID",
    "GlueHostApplicationSoftwareRunTimeEnvironment",
    "GlueHostArchitecturePlatformType",
    "GlueHostArchitectureSMPSize",
    "GlueHostMainMemoryRAMSize",
    "GlueHostMainMemoryVirtualSize",
    "GlueHostOperatingSystemName",
    "GlueHostOperatingSystemRelease",
    "GlueHostOperatingSystemVersion",
    "GlueHostProcessorModel",
    "GlueHostProcessorClockSpeed",
    "GlueHostBenchmarkSI00",
    "GlueHostBenchmarkSF00",
    "GlueHostNetworkAdapterOutboundIP",
    "GlueHostNetworkAdapterInboundIP",
];

/// Warns of names after `other.` that are surely misspelt: no computing element has them, and the match never succeeds.
pub(super) fn check(expr: &Expr, entry: &Entry, outline: &Outline, diagnostics: &mut Diagnostics) {
    let mut waiting = vec![expr];
    let mut left = 10_000;
    while let Some(expr) = waiting.pop() {
        left -= 1;
        if left == 0 || diagnostics.full() {
            return;
        }
        if let Expr::Attribute { base: Some(base), name, .. } = expr
            && matches!(&**base, Expr::Attribute { base: None, name, .. } if name.key() == "other")
            && !NAMES.iter().any(|known| known.eq_ignore_ascii_case(name.as_str()))
            && let Some(near) = NAMES.into_iter().find(|known| spelling::one_edit(name.as_str(), known))
        {
            let shown = outline.slice(&entry.value.span);
            let at = shown.find(name.as_str()).map_or(entry.value.span.clone(), |at| {
                let start = entry.value.span.start + at;
                start..start + name.as_str().len()
            });
            let message = format!("no computing element says `{name}`");
            let warning = diagnostics.warning(at, message);
            warning.note("what is undefined never matches").did_you_mean(Some(near));
        }
        waiting.extend(expr.children());
    }
}

//! Named points at which a test can stop a thread, and those at which it can plant a bug. Nothing at all but for tests.

/// Nothing without the feature `testing`.
macro_rules! sync_point {
    ($name:literal) => {
        #[cfg(feature = "testing")]
        $crate::testing::sync_point($name);
    };
}

/// Whether a run of the models is to have this bug, to see whether they find it: see `tests/planted.sh`. Outside the models
/// never, and known when larder is compiled.
#[cfg(not(larder_model))]
macro_rules! planted {
    ($bug:literal) => {
        false
    };
}

#[cfg(larder_model)]
macro_rules! planted {
    ($bug:literal) => {
        $crate::sync::is_planted($bug)
    };
}

//! Named points at which a test can stop a thread. Nothing at all without the feature `testing`.

macro_rules! sync_point {
    ($name:literal) => {
        #[cfg(feature = "testing")]
        $crate::testing::sync_point($name);
    };
}

//! Everything that a file with memoized functions needs: `use larder::prelude::*;`

pub use crate::{Cache, Call, Memo, Metrics, Reason, Served, Ttl};
pub use crate::{WholeCall as _, WholeEntries as _};
pub use crate::{async_lru, async_ttl, invalidates};

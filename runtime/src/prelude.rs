//! Everything that a file with memoized functions needs: `use larder::prelude::*;`

pub use crate::{Cache, Call, Memo, Reason, Ttl, async_lru, async_ttl, invalidates};
pub use crate::{WholeCall as _, WholeEntries as _};

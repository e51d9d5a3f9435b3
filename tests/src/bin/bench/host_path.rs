use super::table::Table;
use anyhow::Result;
pub(crate) fn measure(_t: &mut Table) -> Result<()> {
    Ok(())
}

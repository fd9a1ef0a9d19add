#[allow(refining_impl_trait, clippy::implied_bounds_in_impls, clippy::double_must_use)]
fn find(
    tenant: u32,
    name: &str,
) -> crate::memo::Call<
    impl crate::memo::Memoized<
        Output = Result<Option<Row>, Error>,
    > + crate::memo::__private::Standalone,
> {
    let __shape = crate::memo::__private::shape!(Result < Option < Row >, Error >);
    let __shape = crate::memo::__private::cache_err(
        __shape,
        ::core::time::Duration::new(5u64, 0u32),
    );
    let __shape = crate::memo::__private::cache_if(__shape, is_complete);
    let __call = crate::memo::__private::stored(__shape)
        .call(
            crate::memo::__private::site!(
                "rows", 2u32, crate ::memo::__private::Options::ttl_defaults()
                .unbounded()
            ),
            crate::memo::__private::Local,
            (tenant, name),
            move |(arg0, arg1), ask| {
                #[allow(unused_variables)]
                let tenant = arg0;
                #[allow(unused_variables)]
                let name = arg1;
                ask.with((
                    crate::memo::__private::leaf(arg0),
                    crate::memo::__private::custom(name.to_lowercase()),
                ))
            },
            move |(tenant, name)| async move {
                if false {
                    return crate::memo::__private::output::<
                        Result<Option<Row>, Error>,
                    >();
                }
                let _ = &tenant;
                let _ = &name;
                ({ load(name).await })
            },
            __shape,
        );
    crate::memo::__private::tiering!(__call)
}

#[allow(refining_impl_trait, clippy::implied_bounds_in_impls, clippy::double_must_use)]
pub fn get_user<'a>(
    db: &'a Db,
    id: u64,
    name: &str,
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = Result<User, DbError>,
        Key = (u64, <str as ::std::borrow::ToOwned>::Owned),
        Body: ::core::marker::Send,
    > + ::larder::__private::Standalone + ::core::marker::Send,
> {
    let __shape = ::larder::__private::shape!(Result < User, DbError >);
    let __call = ::larder::__private::stored(__shape)
        .call(
            ::larder::__private::site!(
                "get_user", 0u32, ::larder::__private::Options::ttl_defaults()
                .maxsize(1024).ttl(::core::time::Duration::new(60u64, 0u32))
            ),
            ::larder::__private::Borrowed,
            (id, name),
            move |(arg1, arg2), ask| {
                ask
                    .with((
                        ::larder::__private::leaf(arg1),
                        ::larder::__private::leaf(*arg2),
                    ))
            },
            move |(id, name)| async move {
                if false {
                    return ::larder::__private::output::<Result<User, DbError>>();
                }
                let (db,) = (db,);
                ({ db.load(id, name).await })
            },
            __shape,
        );
    ::larder::__private::tiering!(__call)
}

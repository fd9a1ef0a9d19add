#[allow(refining_impl_trait, clippy::double_must_use)]
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
    ::larder::__private::call(
        {
            struct __Site;
            impl ::larder::__private::Site for __Site {
                fn function() -> &'static ::larder::__private::Function {
                    static __FUNCTION: ::larder::__private::Function = ::larder::__private::Function::new(::larder::__private::Spec {
                        name: "get_user",
                        module: ::core::module_path!(),
                        version: 0u32,
                        options: || {
                            ::larder::__private::Options::ttl_defaults()
                                .maxsize(1024)
                                .ttl(::core::time::Duration::new(60u64, 0u32))
                        },
                    });
                    ::larder::__private::inventory::submit!(
                        ::larder::__private::Registered(& __FUNCTION)
                    );
                    &__FUNCTION
                }
            }
            __Site
        },
        ::larder::__private::Borrowed,
        (id, name),
        move |(arg1, arg2), ask| {
            ask.with((::larder::__private::leaf(arg1), ::larder::__private::leaf(*arg2)))
        },
        move |(id, name)| async move {
            if false {
                return ::larder::__private::output::<Result<User, DbError>>();
            }
            let (db,) = (db,);
            ({ db.load(id, name).await })
        },
        {
            use ::larder::__private::{
                ViaMoved as _, ViaOk as _, ViaShared as _, ViaWhole as _,
            };
            (&&&&::larder::__private::Probe::<Result<User, DbError>>::NEW).shape()
        },
    )
}

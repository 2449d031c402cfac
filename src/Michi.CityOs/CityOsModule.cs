using Michi.CityOs.Api;
using Michi.CityOs.Demonstration;
using Michi.CityOs.History;
using Michi.CityOs.History.Postgres;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Snapshots;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;
using Michi.CityOs.Storage.Postgres;
using Michi.CityOs.Subscriptions;
using Michi.Platform.Accounts;
using Michi.Platform.Layout;
using Michi.Platform.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs;

/// <summary>The door of the City OS: the open data platform of a city, which speaks NGSI-LD (ETSI GS CIM 009 V1.9.1) under <c>/ngsi-ld/v1</c>.</summary>
public static class CityOsModule
{
    /// <param name="services">Of the program.</param>
    /// <param name="options">Checked by the caller.</param>
    /// <param name="folder">Of the embedded databases.</param>
    /// <param name="database">Of the platform: where it is PostgreSQL, the City OS is in it too, and other nodes may share it.</param>
    public static IServiceCollection AddCityOs(this IServiceCollection services, CityOsOptions options, string folder, Database? database = null)
    {
        services.AddSingleton(options);
        if (database is { IsPostgres: true }) services.AddSharedStore(options, database.ConnectionString);
        else services.AddEmbeddedStore(options, folder);
        services.AddHostedService<Sweep>();
        services.AddSingleton<OutgoingHttp>();
        services.AddSingleton<ContextDocuments>();
        services.AddSingleton<IContextSource>(s => s.GetRequiredService<ContextDocuments>());
        services.AddSingleton<ContextReader>();
        services.AddSingleton<SubscriptionBook>();
        services.AddSingleton<NotificationWriter>();
        services.AddSingleton<NotificationSender>();
        services.AddSingleton<Notifier>();
        services.AddHostedService(s => s.GetRequiredService<Notifier>());
        services.AddSingleton<SourceClient>();
        services.AddSingleton<RegistrationNotifier>();
        services.AddHostedService(s => s.GetRequiredService<RegistrationNotifier>());
        services.AddSingleton<ContextSources>();
        services.AddSingleton<SnapshotBook>();
        services.AddHostedService<SnapshotFiller>();
        services.AddSingleton<SubscriptionForwarder>();
        services.AddHostedService(s => s.GetRequiredService<SubscriptionForwarder>());
        services.AddSingleton<ReceiveNotification>();
        services.AddSingleton<CityOsAccess>();
        services.AddSingleton<PagePositions>();
        services.AddSingleton<NgsiLdServices>();
        services.AddSingleton<NgsiLdApi>();
        services.AddSingleton<DemonstrationCity>();
        services.AddSingleton(new PlaceTab("run", "city-os", "city-os.title", Right.Contribute));
        services.AddSingleton(new PlaceTab("run", "entities", "entities.title", Right.Contribute));
        services.AddSingleton(new PlaceTab("run", "subscriptions", "subscription.title", Right.Contribute));
        services.AddSingleton(new AdminTab("city-os", "city-os.title"));
        services.AddRazorPages().AddApplicationPart(typeof(CityOsModule).Assembly);
        return services;
    }

    private static void AddEmbeddedStore(this IServiceCollection services, CityOsOptions options, string folder)
    {
        services.AddSingleton<ICityStore>(s => new SqliteStore(Path.Combine(folder, "city-os.db"), s.GetRequiredService<TimeProvider>(), report: s.GetRequiredService<ILogger<SqliteStore>>()));
        services.AddSingleton<IHistory>(s => new HistoryStore(Path.Combine(folder, "city-history.db"), s.GetRequiredService<ICityStore>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<HistoryStore>>(), options.HistoryPage));
        services.AddSingleton(s => new SourceIdentity(SourceIdentity.NameIn(folder), s.GetRequiredService<TimeProvider>()));
    }

    private static void AddSharedStore(this IServiceCollection services, CityOsOptions options, string connectionString)
    {
        services.AddSingleton(s => new PostgresStore(connectionString, s.GetRequiredService<TimeProvider>(), SourceIdentity.NewName()));
        services.AddSingleton<ICityStore>(s => s.GetRequiredService<PostgresStore>());
        services.AddSingleton<IHistory>(s => new PostgresHistory(s.GetRequiredService<PostgresStore>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<PostgresHistory>>(), options.HistoryPage));
        services.AddSingleton(s => new SourceIdentity(s.GetRequiredService<PostgresStore>().BrokerName, s.GetRequiredService<TimeProvider>()));
    }

    /// <summary>Opens the databases, as their first use would. After a crash there may be much to read, beside which others can begin.</summary>
    public static Task OpenCityOsAsync(this IServiceProvider services) => Task.Run(() => services.GetRequiredService<IHistory>());

    /// <summary>Loads made-up entities with a history into the tenant of a sample city, unless it has or had some.</summary>
    /// <returns>How many entities were made.</returns>
    public static Task<int> LoadDemonstrationCityAsync(this IServiceProvider services, string tenant, CancellationToken cancel) => services.GetRequiredService<DemonstrationCity>().LoadAsync(tenant, cancel);

    /// <summary>Answers what lies below <c>/ngsi-ld/v1</c>, ahead of everything that only pages need.</summary>
    public static void UseCityOs(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        // Found with the first request: verbs that build the program without serving open no store.
        app.Use((http, next) =>
            http.Request.Path.StartsWithSegments(NgsiLdApi.Root) ? http.RequestServices.GetRequiredService<NgsiLdApi>().HandleAsync(http)
            : http.Request.Path == SubscriptionForwarder.NotifyPath ? http.RequestServices.GetRequiredService<ReceiveNotification>().HandleAsync(http)
            : next(http));
    }

    /// <summary>Adds what is not NGSI-LD. Called once at start, after <c>UsePlatform</c>.</summary>
    public static void MapCityOs(this IEndpointRouteBuilder routes)
    {
        ReportMetrics.Map(routes);
        LifetimeApi.Map(routes);
    }
}

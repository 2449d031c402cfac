using System.Globalization;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using System.Threading.RateLimiting;
using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Audit;
using Michi.Platform.Documents;
using Michi.Platform.Languages;
using Michi.Platform.Layout;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.WebEncoders;

namespace Michi.Platform;

/// <summary>The door of the platform: places, accounts and rights, audit log, storage, languages, page layout, charts.</summary>
public static class PlatformModule
{
    /// <summary>The rate limit policy for guessing games: sign-in, setup and links with a secret.</summary>
    public const string SecretsLimit = "secrets";

    /// <summary>Adds what the platform needs. The pack has been read and checked by the caller.</summary>
    public static IServiceCollection AddPlatform(this IServiceCollection services, PlatformOptions settings, Database database, ContentPack pack, UiTexts texts)
    {
        ArgumentNullException.ThrowIfNull(settings);
        services.AddSingleton(Options.Create(settings));
        services.AddSingleton(settings);
        services.AddSingleton(database);
        services.AddSingleton(texts);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(s => new PackStore(pack, s.GetRequiredService<IServiceScopeFactory>()));
        services.AddDbContext<PlatformDb>(o => database.Configure(o, "platform"));
        services.AddScoped<ModuleDb>(s => s.GetRequiredService<PlatformDb>());
        services.AddScoped(s => new PlaceDirectory(s.GetRequiredService<PlatformDb>()));
        services.AddScoped(s => new Reader(s.GetRequiredService<IHttpContextAccessor>(), s.GetRequiredService<PlatformDb>(), s.GetRequiredService<PlaceDirectory>()));
        services.AddScoped(s => new PlaceBook(s.GetRequiredService<PlatformDb>(), s.GetRequiredService<Reader>(), s.GetRequiredService<TimeProvider>()));
        services.AddScoped<AccountBook>();
        services.AddScoped<RoleBook>();
        services.AddScoped<RolesForm>();
        services.AddScoped<AuditLog>();
        services.AddScoped(s => new AuditTrail(s.GetRequiredService<PlatformDb>(), s.GetRequiredService<Reader>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<CitySearch>();
        services.AddSingleton<PdfPress>();
        services.AddScoped<CreatePlace>();
        services.AddScoped<ChangePlace>();
        services.AddScoped<GetPlace>();
        services.AddScoped<AddFact>();
        services.AddHttpContextAccessor();
        services.AddScoped(s => s.GetRequiredService<UiTexts>().In(RequestLanguage.Of(s.GetRequiredService<IHttpContextAccessor>().HttpContext, settings)));
        services.AddScoped(s => s.GetRequiredService<PackStore>().Current.Words(s.GetRequiredService<Words>().Language));
        services.AddScoped<Microsoft.AspNetCore.Components.Web.HtmlRenderer>();

        // Also under TLS: form tokens differ in every answer, and the session's cookie is not sent with requests other sites make, so lengths tell them nothing (BREACH).
        services.AddResponseCompression(o => (o.EnableForHttps, o.MimeTypes) = (true, [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml", "application/geo+json", "application/problem+json"]));
        services.AddAuthentication(o =>
        {
            o.DefaultScheme = "any";
            o.DefaultChallengeScheme = "any";
            o.DefaultForbidScheme = "any";
        })
            .AddPolicyScheme("any", null, o => o.ForwardDefaultSelector = http =>
                http.Request.Path.StartsWithSegments("/api") ? TokenAuthentication.SchemeName : CookieAuthenticationDefaults.AuthenticationScheme)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null)
            .AddCookie(o =>
            {
                o.Cookie.Name = "michi";
                o.Cookie.HttpOnly = true;
                o.Cookie.SameSite = SameSiteMode.Lax;
                o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                o.ExpireTimeSpan = Session.Idle;
                o.SlidingExpiration = true;
                o.Events.OnRedirectToLogin = c =>
                {
                    var back = c.Request.PathBase + c.Request.Path + c.Request.QueryString;
                    c.Response.Redirect($"{c.Request.PathBase}/{RequestLanguage.Of(c.HttpContext, settings)}/sign-in?back={Uri.EscapeDataString(back)}");
                    return Task.CompletedTask;
                };
                o.Events.OnRedirectToAccessDenied = c => { c.Response.StatusCode = StatusCodes.Status403Forbidden; return Task.CompletedTask; };
                o.Events.OnSigningIn = Session.StartAsync;
                o.Events.OnValidatePrincipal = Session.ValidateAsync;
            });
        services.AddAuthorization(o =>
        {
            // The right an endpoint declares decides alone; one that declares none is refused. Where no route matches, or only with another method or media type, there is nothing to refuse.
            o.DefaultPolicy = new AuthorizationPolicyBuilder().RequireAssertion(_ => true).Build();
            o.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(c => c.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint).Build();
        });
        services.AddScoped<IAuthorizationHandler, RightHandler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusalHandler>();

        services.AddDataProtection().SetApplicationName("michi");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(s => new ConfigureOptions<KeyManagementOptions>(
            o => o.XmlRepository = new KeyRing(s.GetRequiredService<IServiceScopeFactory>())));
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = "michi-form";
            o.Cookie.HttpOnly = true;
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddRateLimiter(o =>
        {
            o.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            o.OnRejected = (rejected, _) =>
            {
                if (rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
                    rejected.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                return ValueTask.CompletedTask;
            };
            o.AddPolicy(SecretsLimit, http => HttpMethods.IsGet(http.Request.Method)
                ? RateLimitPartition.GetNoLimiter(IPAddress.None)
                : RateLimitPartition.GetFixedWindowLimiter(http.Connection.RemoteIpAddress ?? IPAddress.None, _ => new() { PermitLimit = 20, Window = TimeSpan.FromMinutes(1) }));
        });
        services.Configure<RouteOptions>(o => o.ConstraintMap["lang"] = typeof(LanguageConstraint));
        services.Configure<WebEncoderOptions>(o => o.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        services.Configure<ForwardedHeadersOptions>(o => o.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost);
        services.AddSingleton(new PlaceTab("diagnose", "edit", "places.edit", Right.ManagePlace));
        services.AddSingleton(new PlaceTab("diagnose", "people", "people.title", Right.ManagePlace));
        services.AddSingleton(new PlaceTab("diagnose", "log", "log.title", Right.ManagePlace));
        services.AddValidation();
        services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.Converters.Add(new TextWithoutNull());
            o.SerializerOptions.RespectNullableAnnotations = true;
        });
        services.AddProblemDetails();
        services.AddRazorPages(o => o.RootDirectory = "/").AddApplicationPart(typeof(PlatformModule).Assembly);
        services.AddHealthChecks().AddCheck<DatabaseCheck>("database");
        return services;
    }

    /// <summary>Adds the platform's middleware and pages, in the one order that works.</summary>
    /// <param name="app">The program.</param>
    /// <param name="programs">Adds what answers other programs, ahead of all that only pages need.</param>
    public static void UsePlatform(this WebApplication app, Action<WebApplication>? programs = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        var settings = app.Services.GetRequiredService<PlatformOptions>();
        app.UseForwardedHeaders();
        if (settings.BasePath.Length > 0) app.UsePathBase("/" + settings.BasePath.Trim('/'));
        programs?.Invoke(app);
        app.UseResponseCompression();
        app.UseExceptionHandler("/error/500");
        app.Use(SecurityHeaders.Apply);
        app.UseStatusCodePagesWithReExecute("/error/{0}");
        app.Use(RequestLimits.Apply);
        app.UseRouting();
        app.Use(RequestLanguage.SetCultureAsync);
        app.UseRateLimiter();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapStaticAssets().Add(b => b.Metadata.Add(new AllowAttribute(Right.Anyone)));
        // A page asked for with a method it has no handler for would be shown without what it shows.
        app.MapRazorPages().WithStaticAssets().Add(b =>
        {
            if (b is RouteEndpointBuilder page && page.RoutePattern.RawText != ErrorPage.Route) b.Metadata.Add(new HttpMethodMetadata(["GET", "HEAD", "POST"]));
        });
        SignOut.Map(app);
        ExportAuditLog.Map(app);
        ListPlaces.Map(app);
        GetPlace.Map(app);
        CreatePlace.Map(app);
        ChangePlace.Map(app);
        AddFact.Map(app);
        RetireFact.Map(app);
        SearchCities.Map(app);
        app.MapHealthChecks("/health/ready").WithMetadata(new AllowAttribute(Right.Anyone));
        app.MapGet("/health/live", () => Results.Text("ok")).WithMetadata(new AllowAttribute(Right.Anyone)).WithSummary("Whether the process runs");
        app.MapGet("/", (HttpContext http) => Results.Redirect($"{http.Request.PathBase}/{RequestLanguage.Preferred(http, settings)}")).WithMetadata(new AllowAttribute(Right.Anyone));
    }

    /// <summary>Keeps the current content pack in the database. Called once at start.</summary>
    public static async Task KeepPackAsync(this IServiceProvider services, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        await services.GetRequiredService<PackStore>().KeepCurrentAsync(
            scope.ServiceProvider.GetRequiredService<PlatformDb>(), services.GetRequiredService<TimeProvider>().GetUtcNow(), cancel);
    }
}

/// <summary>Checks that the database answers.</summary>
internal sealed class DatabaseCheck(IServiceScopeFactory scopes) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<PlatformDb>().Database.CanConnectAsync(cancellationToken)
            ? new(HealthStatus.Healthy)
            : new(context.Registration.FailureStatus, "The database does not answer.");
    }
}

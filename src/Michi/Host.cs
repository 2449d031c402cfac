using System.Net;
using Michi.Approach;
using Michi.Assessment;
using Michi.CityOs;
using Michi.Platform;
using Michi.Platform.Documents;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Storage;
using Michi.Roadmap;
using Microsoft.EntityFrameworkCore;

namespace Michi;

/// <summary>A mistake of whoever runs the program, told in one sentence, with the exit code.</summary>
internal sealed class UsageException(string message, int exitCode = 2) : Exception(message)
{
    public int ExitCode => exitCode;

    /// <summary>No PDF could be printed: exit code 4, with what to do instead.</summary>
    public static UsageException Unprinted(PdfException fault, Words words) => new($"{words[$"report.pdf.{fault.Fault}"]} {fault.Detail}".TrimEnd(), 4);
}

/// <summary>Builds the program from its modules: what every verb that needs the database or the web runs on.</summary>
internal static class Host
{
    /// <summary>The folder of content shipped with the program.</summary>
    public static string Content(PlatformOptions options) => options.Content.Length > 0 ? options.Content : Path.Combine(AppContext.BaseDirectory, "content");

    /// <summary>The texts of the interface.</summary>
    public static UiTexts Texts(PlatformOptions options) => new(Path.Combine(Content(options), "ui"));

    /// <summary>The content pack in force, checked.</summary>
    public static ContentPack Pack(PlatformOptions options)
    {
        var folder = options.Pack.Length > 0 ? options.Pack : Path.Combine(Content(options), "approach");
        var reading = PackReader.Read(folder);
        if (reading.IsSound) return reading.Pack!;
        var first = reading.Problems[0];
        throw new UsageException($"The content pack in {folder} has {reading.Problems.Count} faults, the first in {first.File}, line {first.Line}. Run: michi check {folder}");
    }

    /// <summary>The initiative library shipped with the program, checked against the pack whose elements it lifts.</summary>
    public static InitiativeLibrary Library(PlatformOptions options, ContentPack pack)
    {
        var folder = Path.Combine(Content(options), "initiatives");
        var reading = InitiativeReader.Read(folder, pack);
        if (reading.IsSound) return reading.Library!;
        var first = reading.Problems[0];
        throw new UsageException($"The initiative library in {folder} has {reading.Problems.Count} faults, the first in {first.File}, line {first.Line}. Run: michi check");
    }

    /// <summary>The templates of procurement shipped with the program, checked against the initiative library.</summary>
    public static ProcurementTemplates Procurement(PlatformOptions options, InitiativeLibrary library)
    {
        var folder = Path.Combine(Content(options), "procurement");
        var reading = ProcurementReader.Read(folder, library);
        if (reading.IsSound) return reading.Templates!;
        var first = reading.Problems[0];
        throw new UsageException($"The templates of procurement in {folder} have {reading.Problems.Count} faults, the first in {first.File}, line {first.Line}. Run: michi check");
    }

    /// <summary>The program whole, not yet started.</summary>
    public static WebApplication Build(PlatformOptions options, Action<WebApplicationBuilder>? configure = null, CityOsOptions? cityOs = null)
    {
        var app = BuildServices(options, configure, cityOs);
        Map(app);
        return app;
    }

    /// <summary>The program without its doors: what works on data may begin while <see cref="Map"/> makes them.</summary>
    public static WebApplication BuildServices(PlatformOptions options, Action<WebApplicationBuilder>? configure = null, CityOsOptions? cityOs = null)
    {
        cityOs ??= CityOs(options);
        Database database;
        try
        {
            database = Database.From(options);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"Michi cannot write to the data folder {Path.GetFullPath(options.Data)}: {fault.Message} Choose another with --data or MICHI_DATA.");
        }
        catch (ArgumentException fault)
        {
            throw new UsageException($"The database setting is not a PostgreSQL connection string: {fault.Message}");
        }
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = typeof(Host).Assembly.GetName().Name, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseStaticWebAssets();
        builder.Logging.ClearProviders().AddJsonConsole(o => o.UseUtcTimestamp = true)
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning).AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            // What it makes for each request only matters where requests are traced.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddFilter("Michi.Platform.Accounts.TokenAuthentication", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = options.MaxUploadBytes + 1_000_000;
            k.Listen(IPAddress.TryParse(options.Address, out var address) ? address : throw new UsageException($"{options.Address} is not an IP address."), options.Port);
        });
        // The order of the modules is the order of their tabs.
        var pack = Pack(options);
        builder.Services.AddAssessment(database);
        var library = Library(options, pack);
        builder.Services.AddRoadmap(database, library);
        builder.Services.AddSingleton(Procurement(options, library));
        builder.Services.AddPlatform(options, database, pack, Texts(options));
        builder.Services.AddCityOs(cityOs, options.Data, database);
        builder.Services.AddOpenApi();
        configure?.Invoke(builder);
        return builder.Build();
    }

    /// <summary>Makes the doors: pages, API, NGSI-LD.</summary>
    public static void Map(WebApplication app)
    {
        app.UsePlatform(programs: a => a.UseCityOs());
        app.MapAssessment();
        app.MapRoadmap();
        app.MapCityOs();
        app.MapOpenApi("/api/openapi.json").WithMetadata(new AllowAttribute(Right.Anyone));
    }

    /// <summary>The settings of the City OS, checked.</summary>
    private static CityOsOptions CityOs(PlatformOptions options)
    {
        var settings = new CityOsOptions();
        new ConfigurationBuilder().AddEnvironmentVariables("MICHI_CITYOS_").Build().Bind(settings);
        settings.Check(options.Address);
        return settings;
    }

    /// <summary>Brings every module's tables up to date.</summary>
    public static async Task MigrateAsync(IServiceProvider services, CancellationToken cancel)
    {
        await using var turn = await services.GetRequiredService<Database>().TakeTurnAsync(cancel);
        await CreateTablesAsync(services, cancel);
        await services.KeepPackAsync(cancel);
    }

    /// <summary>A new link for the first owner; null once there is one. Of nodes that start at once the last one's is right.</summary>
    public static async Task<string?> FirstOwnerSecretAsync(IServiceProvider services, CancellationToken cancel)
    {
        await using var turn = await services.GetRequiredService<Database>().TakeTurnAsync(cancel);
        return await services.FirstOwnerSecretAsync(cancel);
    }

    /// <summary>Makes and updates the tables alone.</summary>
    public static async Task CreateTablesAsync(IServiceProvider services, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        foreach (var module in scope.ServiceProvider.GetServices<ModuleDb>()) await module.Database.MigrateAsync(cancel);
    }

    /// <summary>Starts listening; a taken port is told in words.</summary>
    /// <param name="opening">What has been begun beside and must have ended well before.</param>
    public static async Task StartAsync(WebApplication app, PlatformOptions options, CancellationToken cancel, Task? opening = null)
    {
        try
        {
            await (opening ?? Task.CompletedTask);
            await app.StartAsync(cancel);
        }
        catch (IOException fault) when (fault.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new UsageException($"Port {options.Port} is in use by another program. Choose another with --port, for example --port {options.Port + 1}.", 3);
        }
        // Data in use by another program, or damaged: the message says what and how to mend it.
        catch (Exception fault) when (fault is IOException or InvalidDataException)
        {
            throw new UsageException(fault.Message, 3);
        }
    }

    /// <summary>The address people open.</summary>
    public static string Address(PlatformOptions options)
    {
        var path = options.BasePath.Trim('/');
        return $"http://{(options.Address is "127.0.0.1" or "0.0.0.0" ? "localhost" : options.Address)}:{options.Port}/{path}{(path.Length > 0 ? "/" : "")}";
    }

    /// <summary>Runs a verb; what its user did wrong becomes one sentence on the error output and an exit code.</summary>
    public static async Task<int> RunAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (UsageException fault)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return fault.ExitCode;
        }
        catch (System.ComponentModel.DataAnnotations.ValidationException fault)
        {
            await Console.Error.WriteLineAsync($"A setting is not right: {fault.Message}");
            return 2;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
    }
}

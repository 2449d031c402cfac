using Michi.Assessment.Compare;
using Michi.Assessment.Evidence;
using Michi.Assessment.Exchange;
using Michi.Assessment.Profiles;
using Michi.Platform.Layout;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Assessment;

/// <summary>The door of assessment: evidence, rating rounds, profile, stage and direction, programmes, report.</summary>
public static class AssessmentModule
{
    public static IServiceCollection AddAssessment(this IServiceCollection services, Database database)
    {
        services.AddDbContext<AssessmentDb>(o => database.Configure(o, "assessment"));
        services.AddScoped<ModuleDb>(s => s.GetRequiredService<AssessmentDb>());
        services.AddScoped<EvidenceBook>();
        services.AddScoped<PlaceDiagnosis>();
        services.AddScoped<ProfileTable>();
        services.AddScoped<ImportPlaceFile>();
        services.AddScoped<ExportPlaceFile>();
        services.AddScoped<SaveEvidence>();
        services.AddSingleton<ProfileQueue>();
        services.AddHostedService(s => s.GetRequiredService<ProfileQueue>());
        services.AddSingleton(new PlaceTab("diagnose", "", "tabs.overview"));
        services.AddSingleton(new PlaceTab("diagnose", "cities", "tabs.cities", Only: PlaceKind.Country));
        services.AddSingleton(new PlaceTab("diagnose", "evidence", "tabs.evidence"));
        services.AddSingleton(new PlaceTab("diagnose", "profile", "tabs.profile"));
        services.AddSingleton(new PlaceTab("diagnose", "find-out", "tabs.find-out"));
        services.AddSingleton(new PlaceTab("direct", "position", "tabs.position"));
        services.AddSingleton(new PlaceTab("direct", "programmes", "tabs.programmes"));
        services.AddSingleton(new PlaceTab("direct", "similar", "tabs.similar"));
        services.AddValidation();
        services.AddRazorPages().AddApplicationPart(typeof(AssessmentModule).Assembly);
        return services;
    }

    /// <summary>Adds the module's API.</summary>
    public static void MapAssessment(this IEndpointRouteBuilder routes)
    {
        ListEvidence.Map(routes);
        PutEvidence.Map(routes);
        ListCities.Map(routes);
        ImportIntoPlace.Map(routes);
        ExportPlace.Map(routes);
    }

    /// <summary>Imports a sample or survey file; what the program does on the command line.</summary>
    public static async Task<Imported> ImportAsync(this IServiceProvider services, PlaceFileReading reading, ImportRules rules, IProgress<double>? progress, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ImportPlaceFile>().RunAsync(reading, rules, progress, cancel);
    }

    /// <summary>Everything about a place as a file; null where there is no such place.</summary>
    /// <param name="withFiles">Whether attached files go along.</param>
    /// <exception cref="InvalidDataException">The attached files are too large for one file.</exception>
    public static async Task<PlaceFile?> ExportAsync(this IServiceProvider services, string slug, bool withFiles, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        if (await scope.ServiceProvider.GetRequiredService<PlaceDirectory>().FindAsync(slug, cancel) is not { } place) return null;
        return await scope.ServiceProvider.GetRequiredService<ExportPlaceFile>().AllAsync(place, withFiles, cancel)
            ?? throw new InvalidDataException($"The attached files have more than {ExportPlaceFile.MaxAttachedBytes / 1_000_000} MB.");
    }
}

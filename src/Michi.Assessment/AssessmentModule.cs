using Michi.Assessment.Compare;
using Michi.Assessment.Evidence;
using Michi.Assessment.Exchange;
using Michi.Assessment.Indices;
using Michi.Assessment.Profiles;
using Michi.Platform.Layout;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Assessment;

/// <summary>The door of assessment: evidence, rating rounds, profile, stage and direction, programmes, report.</summary>
public static class AssessmentModule
{
    public static IServiceCollection AddAssessment(this IServiceCollection services, Database database)
    {
        services.AddDbContext<AssessmentDb>(o => database.Configure(o, "assessment"));
        services.AddScoped<EvidenceBook>();
        services.AddScoped<PlaceDiagnosis>();
        services.AddScoped<ProfileTable>();
        services.AddScoped<ImportPlaceFile>();
        services.AddScoped<IndexBook>();
        services.AddSingleton<BuiltIndices>();
        services.AddScoped<SaveEvidence>();
        services.AddSingleton<ProfileQueue>();
        services.AddHostedService(s => s.GetRequiredService<ProfileQueue>());
        services.AddSingleton(new PlaceTab("diagnose", "", "tabs.overview"));
        services.AddSingleton(new PlaceTab("diagnose", "cities", "tabs.cities", Only: PlaceKind.Country));
        services.AddSingleton(new PlaceTab("diagnose", "evidence", "tabs.evidence"));
        services.AddSingleton(new PlaceTab("diagnose", "profile", "tabs.profile"));
        services.AddSingleton(new PlaceTab("diagnose", "find-out", "tabs.find-out"));
        services.AddSingleton(new PlaceTab("diagnose", "indices", "tabs.indices", Only: PlaceKind.Country));
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
    }

    /// <summary>Brings the module's tables up to date. Called once at start, after the platform's.</summary>
    public static async Task MigrateAssessmentAsync(this IServiceProvider services, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<AssessmentDb>().Database.MigrateAsync(cancel);
    }

    /// <summary>Imports a sample or survey file (JSON) as it stands; what the program does on the command line.</summary>
    public static async Task<Imported> ImportAsync(this IServiceProvider services, PlaceFileReading reading, bool asDemonstration, bool isPublic, IProgress<double>? progress, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ImportPlaceFile>().RunAsync(reading, asDemonstration, isPublic, within: null, progress, cancel);
    }
}

using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Roadmap.Migrations;

[DbContext(typeof(RoadmapDb))]
[Migration("20261127_CreateRoadmap")]
internal sealed class CreateRoadmap : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("roadmap_visions", t => new
        {
            PlaceId = t.Column<Guid>(),
            Facts = t.Column<string>(),
            Version = t.Column<int>(),
            IsDemonstration = t.Column<bool>(),
            ChangedAt = t.Column<long>(),
            ChangedBy = t.Column<string>(),
        }, constraints: t => t.PrimaryKey("PK_roadmap_visions", v => v.PlaceId));

        migrationBuilder.CreateTable("roadmap_challenges", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            Code = t.Column<string>(),
            Facts = t.Column<string>(),
            IsDemonstration = t.Column<bool>(),
            Version = t.Column<int>(),
            CreatedAt = t.Column<long>(),
            ChangedAt = t.Column<long>(),
            ChangedBy = t.Column<string>(),
            RetiredAt = t.Column<long>(nullable: true),
            RetiredAs = t.Column<string>(nullable: true),
            RetiredReason = t.Column<string>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_roadmap_challenges", c => c.Id));
        migrationBuilder.CreateIndex("IX_roadmap_challenges_PlaceId_Code", "roadmap_challenges", ["PlaceId", "Code"], unique: true);

        migrationBuilder.CreateTable("roadmap_initiatives", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            Code = t.Column<string>(),
            LibraryId = t.Column<string>(nullable: true),
            LibraryVersion = t.Column<string>(nullable: true),
            Facts = t.Column<string>(),
            Gate = t.Column<string>(),
            IsDemonstration = t.Column<bool>(),
            Version = t.Column<int>(),
            CreatedAt = t.Column<long>(),
            ChangedAt = t.Column<long>(),
            ChangedBy = t.Column<string>(),
            RetiredAt = t.Column<long>(nullable: true),
            RetiredReason = t.Column<string>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_roadmap_initiatives", i => i.Id));
        migrationBuilder.CreateIndex("IX_roadmap_initiatives_PlaceId_Code", "roadmap_initiatives", ["PlaceId", "Code"], unique: true);

        migrationBuilder.CreateTable("roadmap_initiativehistory", t => new
        {
            Id = t.Column<Guid>(),
            InitiativeId = t.Column<Guid>(),
            Version = t.Column<int>(),
            At = t.Column<long>(),
            Actor = t.Column<string>(),
            Change = t.Column<string>(),
            Facts = t.Column<string>(),
        }, constraints: t => t.PrimaryKey("PK_roadmap_initiativehistory", v => v.Id));
        migrationBuilder.CreateIndex("IX_roadmap_initiativehistory_InitiativeId_Version", "roadmap_initiativehistory", ["InitiativeId", "Version"], unique: true);

        migrationBuilder.CreateTable("roadmap_scenarios", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            Name = t.Column<string>(),
            Facts = t.Column<string>(),
            Version = t.Column<int>(),
            IsDemonstration = t.Column<bool>(),
            CreatedAt = t.Column<long>(),
            ChangedAt = t.Column<long>(),
            ChangedBy = t.Column<string>(),
            RetiredAt = t.Column<long>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_roadmap_scenarios", s => s.Id));
        migrationBuilder.CreateIndex("IX_roadmap_scenarios_PlaceId", "roadmap_scenarios", "PlaceId");

        migrationBuilder.CreateTable("roadmap_plans", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            ScenarioId = t.Column<Guid>(),
            Kind = t.Column<string>(),
            BasedOn = t.Column<Guid>(nullable: true),
            Input = t.Column<string>(),
            State = t.Column<string>(),
            Outcome = t.Column<string>(nullable: true),
            CreatedAt = t.Column<long>(),
            CreatedBy = t.Column<string>(),
            EndedAt = t.Column<long>(nullable: true),
            AdoptedAt = t.Column<long>(nullable: true),
            AdoptedBy = t.Column<string>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_roadmap_plans", p => p.Id));
        migrationBuilder.CreateIndex("IX_roadmap_plans_PlaceId", "roadmap_plans", "PlaceId");
        migrationBuilder.CreateIndex("IX_roadmap_plans_ScenarioId", "roadmap_plans", "ScenarioId");
    }
}
